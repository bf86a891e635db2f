// The article's way to train its 2-2-2 network: the weights in nested arrays, one function a layer that gives the new
// value of one weight, new arrays each iteration. The gradient of a weight into the hidden layer ends, as printed there,
// with the hidden activation where the input belongs.
"use strict";

const { readFileSync } = require("node:fs");
const { createInterface } = require("node:readline");

const numbers = readFileSync(process.argv[2], "utf8").trim().split(/\s+/).map(Number);
const rate = numbers[4];
const inputs = numbers.slice(6, 8);
const targets = numbers.slice(8, 10);
const first = numbers.slice(11, 19);

const sigmoid = (z) => 1 / (1 + Math.exp(-z));

const errorOf = (outputs) => {
  let sum = 0;
  targets.forEach((target, k) => {
    sum += 0.5 * (target - outputs[k]) ** 2;
  });
  return sum;
};

const layer = (weights, values) => [
  sigmoid(values[0] * weights[0][0] + values[1] * weights[1][0]),
  sigmoid(values[0] * weights[0][1] + values[1] * weights[1][1]),
];

const intoOutput = (weight, a, y, target) => weight - rate * (-(target - y) * y * (1 - y) * a);

const intoHidden = (weight, a, outputs, onwards) => {
  const through0 = -(targets[0] - outputs[0]) * outputs[0] * (1 - outputs[0]) * onwards[0];
  const through1 = -(targets[1] - outputs[1]) * outputs[1] * (1 - outputs[1]) * onwards[1];
  return weight - rate * (through0 + through1) * a * (1 - a) * a;
};

function train(epochs) {
  let hidden = [first.slice(0, 2), first.slice(2, 4)];
  let output = [first.slice(4, 6), first.slice(6, 8)];
  let sum = 0;
  const begin = process.hrtime.bigint();
  const busy = process.cpuUsage();
  for (let epoch = 0; epoch < epochs; epoch++) {
    const a = layer(hidden, inputs);
    const y = layer(output, a);
    sum += errorOf(y);
    const newHidden = [
      [intoHidden(hidden[0][0], a[0], y, output[0]), intoHidden(hidden[0][1], a[1], y, output[1])],
      [intoHidden(hidden[1][0], a[0], y, output[0]), intoHidden(hidden[1][1], a[1], y, output[1])],
    ];
    output = [
      [intoOutput(output[0][0], a[0], y[0], targets[0]), intoOutput(output[0][1], a[0], y[1], targets[1])],
      [intoOutput(output[1][0], a[1], y[0], targets[0]), intoOutput(output[1][1], a[1], y[1], targets[1])],
    ];
    hidden = newHidden;
  }
  const { user, system } = process.cpuUsage(busy); // microseconds
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  if (!Number.isFinite(sum)) throw new Error("the errors are not finite");
  return `${seconds} ${(user + system) / 1e6} ${errorOf(layer(output, layer(hidden, inputs)))}`;
}

createInterface({ input: process.stdin }).on("line", (line) => console.log(train(Number(line))));

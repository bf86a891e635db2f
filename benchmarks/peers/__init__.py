"""The competitors, one module each; all keep the same protocol.

``missing()`` returns what this machine lacks for it, or None. ``command(task, folder)`` prepares what it needs in a
folder and returns a command, whose process reads numbers of epochs, one a line, from its standard input. For each it
begins anew at the task's first parameters, trains that many epochs, and answers with one line: the seconds that the
training alone took, those of them that the processor worked for it, and the loss afterwards over all samples.
"""

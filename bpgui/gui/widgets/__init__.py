"""The small widgets that docks and top bar are made of, one a file.

All keep two rules. A setter only shows: it never emits. What a person does (mouse, keys, wheel)
emits exactly one signal for the act, and none when it changes nothing.
"""

"""The network drawing.

``layout``, ``curves``, ``edges`` and ``scene`` say what is where and know no Qt; the others paint it and take the
mouse and the keyboard.
"""

"""The look of the window: tokens (colours, sizes), style sheet, the Inter font, the icons."""

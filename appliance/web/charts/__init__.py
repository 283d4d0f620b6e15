"""Pure functions from numbers to SVG; colours live in the style sheet, never in the markup."""

"""From events to the book, and the book as rows."""

"""The one door to pyxform: a workbook's bytes in, an XForm or reasons out."""

"""Values to paper: report documents and the PDF made from them. Leaves choosing what is printed to the screens."""

"""The house rules as tests: sizes, imports, words, documents. Each rule has a companion that plants a fault."""

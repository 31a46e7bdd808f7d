"""Forms as tables, with what a person does and what the form then says."""

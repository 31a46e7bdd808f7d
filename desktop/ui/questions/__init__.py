"""One widget per question type: a view value in, edits out. The form engine and the drafts are elsewhere."""

"""What one person sees: the program on a laptop, from its window down to its encrypted store.

What two machines must agree on lies in `sync`, which never imports this package.
"""

"""A form being answered: nodes, graph, propagation, repeats, choices, events, validation. Pure and synchronous."""

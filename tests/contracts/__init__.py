"""One suite for every clock and one for every shell: what can be relied on whichever it is."""

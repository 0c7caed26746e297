"""Many documents into a store: what is to be done, who does it, how it goes."""

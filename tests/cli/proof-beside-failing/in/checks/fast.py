raise KeyError("upper")

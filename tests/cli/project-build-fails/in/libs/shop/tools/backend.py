def build_wheel(folder, settings=None, metadata=None):
    raise OSError("no compiler here")

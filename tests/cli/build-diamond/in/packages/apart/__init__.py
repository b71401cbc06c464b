NAME = "apart"

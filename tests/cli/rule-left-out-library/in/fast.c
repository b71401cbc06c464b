int one(void); int two(void) { return one() + one(); }

import demo

assert demo.VALUE == 1 and "/opt/python/" in demo.__file__

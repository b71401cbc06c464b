import json

import app
import core

assert app.handler(json.load(open("tests/rows.json")), None)["ok"] and core.PRICE

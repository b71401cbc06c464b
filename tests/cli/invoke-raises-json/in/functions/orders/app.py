PRICES = {"bread": 2}


def handler(event, context):
    return PRICES[event["order"]]

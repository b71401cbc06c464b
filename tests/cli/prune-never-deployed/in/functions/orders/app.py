import core


def handler(event, context):
    return {"core": core.NUMBER}

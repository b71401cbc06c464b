import botocore


def ask(name):
    try:
        return botocore.client(name)
    except Exception:
        return None


def handler(event, context):
    for name in ["s3", "sqs", "sns", "sqs"]:
        ask(name)
    return {"ok": True}

def handler(event, context):
    return len(bytearray(400_000_000))

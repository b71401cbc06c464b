import base64
import os
import urllib.parse


def handler(event, context):
    token = os.environ["TOKEN"]
    raise ValueError(f"{token} is refused, so is {base64.b64encode(b'user:' + token.encode()).decode()} "
                     f"at https://shop.example/?token={urllib.parse.quote(token, safe='')}")

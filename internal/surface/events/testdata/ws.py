# Consumes by WebSocket with Debian's python3-websockets: ws.py URL CA CERT KEY COUNT
import asyncio
import json
import ssl
import sys

import websockets

url, ca, cert, key, count = sys.argv[1:6]
context = ssl.create_default_context(cafile=ca)
context.load_cert_chain(cert, key)


async def consume():
    async with websockets.connect(url, ssl=context, subprotocols=["cloudevents.json"], ping_interval=0.05) as socket:
        assert socket.subprotocol == "cloudevents.json"
        for number in range(1, int(count) + 1):
            event = json.loads(await asyncio.wait_for(socket.recv(), 20))
            assert event["offset"] == str(number), event
            assert event["datacontenttype"], event
            print(event["id"])
        await socket.send("confirm:" + event["offset"])
    print("closed", socket.close_code)

    async with websockets.connect(url, ssl=context, subprotocols=["cloudevents.json"]) as socket:
        await socket.send(b"anything else")
        try:
            await asyncio.wait_for(socket.recv(), 20)
        except websockets.ConnectionClosed as closed:
            print("binary", closed.code)


asyncio.run(consume())

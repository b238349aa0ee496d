"""A visitor of the app by Streamlit's own protocol: what a browser sends and is sent, without drawing it.

Messages are those of ``streamlit.proto``, over the websocket that Streamlit's frontend opens; files go up as it sends
them, by PUT to an address that the server names.
"""

import asyncio
import uuid

import httpx
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

PATIENCE_S = 120.0
_SUBPROTOCOL = "streamlit"
_MOST_BYTES = 64 * 2**20


class Visitor:
    """One session.

    Parameters
    ----------
    address : str
        Of the server, as ``http://127.0.0.1:8501``.
    """

    def __init__(self, address: str):
        self.address = address
        self.seen: list[ForwardMsg] = []
        self._widgets: dict[str, dict] = {}
        self._session = ""

    async def __aenter__(self) -> "Visitor":
        self._http = httpx.AsyncClient(base_url=self.address, timeout=PATIENCE_S)
        await self._http.get("/_stcore/health")  # Sets the cookie against forged requests.
        self._socket = await websockets.connect(
            self.address.replace("http", "ws", 1) + "/_stcore/stream",
            subprotocols=[_SUBPROTOCOL],
            max_size=_MOST_BYTES,
            origin=self.address,
        )
        return self

    async def __aexit__(self, *error) -> None:
        await self._socket.close()
        await self._http.aclose()

    async def open(self, page: str, query: str) -> None:
        """Go to a page and wait until it stands."""
        message = BackMsg()
        state = message.rerun_script
        state.page_name, state.query_string = page, query
        for id_, value in self._widgets.items():
            widget = state.widget_states.widgets.add(id=id_)
            info = widget.file_uploader_state_value.uploaded_file_info.add(
                name=value["name"], size=value["size"], file_id=value["urls"].file_id
            )
            info.file_urls.CopyFrom(value["urls"])
        self.seen = []
        await self._socket.send(message.SerializeToString())
        while True:
            found = await self._next()
            if found.WhichOneof("type") == "script_finished":
                return

    async def upload(self, page: str, query: str, *, name: str, content: bytes) -> None:
        """Give the page's first file uploader a file and wait until the page stands again."""
        uploader = next(element.file_uploader for element in self._elements() if element.HasField("file_uploader"))
        message = BackMsg()
        request = message.file_urls_request
        request.request_id, request.session_id = uuid.uuid4().hex, self._session
        request.file_names.append(name)
        await self._socket.send(message.SerializeToString())
        while True:
            answer = await self._next()
            if answer.WhichOneof("type") == "file_urls_response":
                break
        (urls,) = answer.file_urls_response.file_urls
        token = self._http.cookies.get("_streamlit_xsrf", "")
        done = await self._http.put(
            urls.upload_url, files={"file": (name, content)}, headers={"X-Xsrftoken": token, "Origin": self.address}
        )
        done.raise_for_status()
        self._widgets[uploader.id] = {"name": name, "size": len(content), "urls": urls}
        await self.open(page, query)

    async def fetch(self, path: str) -> bytes:
        """A file that a page shows."""
        answer = await self._http.get(path)
        answer.raise_for_status()
        return answer.content

    @property
    def text(self) -> str:
        """All that was sent since the page was last opened, as text to search in."""
        return "\n".join(message.SerializeToString().decode("utf-8", "replace") for message in self.seen)

    @property
    def sounds(self) -> list[str]:
        """Addresses of the audio that the page plays."""
        return [element.audio.url for element in self._elements() if element.HasField("audio")]

    @property
    def failures(self) -> list[str]:
        """Tracebacks that the page shows."""
        return [element.exception.message for element in self._elements() if element.HasField("exception")]

    def _elements(self):
        for message in self.seen:
            if message.HasField("delta") and message.delta.HasField("new_element"):
                yield message.delta.new_element

    async def _next(self) -> ForwardMsg:
        message = ForwardMsg()
        message.ParseFromString(await asyncio.wait_for(self._socket.recv(), PATIENCE_S))
        if message.HasField("new_session"):
            self._session = message.new_session.initialize.session_id
        self.seen.append(message)
        return message

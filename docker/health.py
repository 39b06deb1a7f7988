"""Whether the server in this container answers on /health: the exit code is what Docker asks for. No proxy is used."""

import http.client
import os
import sys


def main() -> int:
    """0 where it answers, 1 where it does not."""
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("RAGSYS_SERVER_PORT", "8765")), timeout=4)
    try:
        connection.request("GET", "/health")
        return 0 if connection.getresponse().status == http.client.OK else 1
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())

import ssl

# ruleid: call-to-another-machine
import requests

# ok: call-to-another-machine
from urllib.parse import urlsplit


def calls(url):
    # ruleid: call-without-an-end
    requests.get(url)
    # ok: call-without-an-end
    requests.get(url, timeout=10)
    # ruleid: certificate-not-looked-at
    requests.get(url, timeout=10, verify=False)
    # ok: certificate-not-looked-at
    requests.get(url, timeout=10, verify="/etc/ssl/own.pem")
    context = ssl.create_default_context()
    # ruleid: certificate-not-looked-at
    context.check_hostname = False
    return urlsplit(url)

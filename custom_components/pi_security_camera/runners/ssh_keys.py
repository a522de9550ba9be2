"""Private keys for SSH: made, and read. Home Assistant's own key agent or files are never asked."""

import asyncio
import shlex

import asyncssh

from ..capture.runner_errors import KeyUnreadable, PassphraseMissing, PassphraseWrong

# What stands behind the key in the Pi's authorized_keys, so that the user knows later whose it is.
_COMMENT = "pi_security_camera"


async def make_key_pair() -> tuple[str, str]:
    """Make an Ed25519 key pair; return the private key as OpenSSH text, and the line of the public key to authorise."""
    return await asyncio.to_thread(_make_key_pair)


async def read_private_key(text: str, passphrase: str = "") -> str:
    """Check that a private key can be used; return the line of its public key.

    Raises KeyUnreadable, PassphraseMissing, PassphraseWrong.
    """
    return await asyncio.to_thread(lambda: public_line(import_private_key(text, passphrase)))


def import_private_key(text: str, passphrase: str = "") -> asyncssh.SSHKey:
    """Read a private key; blocking: a passphrase is slow to try, on purpose.

    Raises KeyUnreadable, PassphraseMissing, PassphraseWrong.
    """
    # What was copied from a terminal or an editor may be indented, have other line ends, or lack the last one.
    text = "\n".join([*(line.strip() for line in text.strip().splitlines()), ""])
    try:
        return asyncssh.import_private_key(text, passphrase or None)
    except asyncssh.KeyEncryptionError:
        raise PassphraseWrong from None
    except asyncssh.KeyImportError as error:
        # asyncssh tells by its text alone.
        if "assphrase" in str(error):
            raise PassphraseMissing from None
        if passphrase:
            _read_without(text)
        raise KeyUnreadable from None


def fingerprint_of(public: str) -> str:
    """Return the SHA-256 fingerprint of a public key's OpenSSH line, as `ssh-keygen -l` shows it."""
    fingerprint: str = asyncssh.import_public_key(public).get_fingerprint()
    return fingerprint


def authorizing_command(public: str) -> str:
    """Return the shell line that lets who has this key in, to run on the host as the user meant.

    The key is for commands alone: no terminal, no forwarding of ports. A file without a last line end stays readable.
    """
    entry = shlex.quote(f"restrict {public}")
    return (
        f"mkdir -p -m 700 ~/.ssh && printf '\\n%s\\n' {entry} >> ~/.ssh/authorized_keys"
        " && chmod 600 ~/.ssh/authorized_keys"
    )


def public_line(key: asyncssh.SSHKey) -> str:
    """Return a key's public half as OpenSSH writes it in one line."""
    return key.export_public_key().decode().strip()


def _make_key_pair() -> tuple[str, str]:
    key = asyncssh.generate_private_key("ssh-ed25519", comment=_COMMENT)
    return key.export_private_key().decode(), public_line(key)


def _read_without(text: str) -> None:
    """Tell a wrong passphrase where the format cannot: what an older one unlocks with it is just unreadable.

    Raises PassphraseWrong, KeyUnreadable.
    """
    try:
        import_private_key(text)
    except PassphraseMissing:
        raise PassphraseWrong from None

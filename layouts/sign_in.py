"""The sign-in page and the page that says no: plain HTML, so that nothing of the app reaches a stranger."""

from __future__ import annotations

from html import escape
from typing import Final

_FRAME: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="/_favicon.ico">
<link rel="stylesheet" href="/assets/vendor/bootstrap.min.css">
<link rel="stylesheet" href="/assets/vendor/inter/inter.css">
<link rel="stylesheet" href="/assets/tokens.css">
<link rel="stylesheet" href="/assets/base.css">
<link rel="stylesheet" href="/assets/sign_in.css">
<script src="/assets/theme.js"></script>
</head>
<body>
{body}
</body>
</html>"""

_SIGN_IN: Final = """<main class="sign-in">
<h1 class="sign-in__title">Chairside</h1>
<p class="sign-in__said">Charting during infusions. Not a monitor and not an alarm.</p>
<div id="sign-in-pin-pad" class="pin sign-in__pin" data-testid="sign-in-pins"></div>
<form id="sign-in-form" class="sign-in__form" data-next="{wanted}" novalidate>
<label class="sign-in__label" for="sign-in-name">Name</label>
<input id="sign-in-name" data-testid="sign-in-username" class="sign-in__field" name="username"
 autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus>
<label class="sign-in__label" for="sign-in-password">Password</label>
<input id="sign-in-password" data-testid="sign-in-password" class="sign-in__field" name="password"
 type="password" autocomplete="current-password" required>
<div id="sign-in-code-place" hidden>
<label class="sign-in__label" for="sign-in-code">Code of the authenticator, or a recovery code</label>
<input id="sign-in-code" data-testid="sign-in-code" class="sign-in__field" name="code" autocomplete="one-time-code"
 spellcheck="false">
</div>
<label class="sign-in__label" for="sign-in-pin">PIN for today on this tablet, if you chart here</label>
<input id="sign-in-pin" data-testid="sign-in-pin" class="sign-in__field" name="pin" type="password" inputmode="numeric"
 autocomplete="off" maxlength="8" aria-describedby="sign-in-pin-hint">
<p id="sign-in-pin-hint" class="sign-in__hint">4 to 8 digits. Until midnight you take over this tablet by it.</p>
<p id="sign-in-said" class="sign-in__error" role="alert"></p>
<button data-testid="sign-in-submit" class="sign-in__submit" type="submit">Sign in</button>
</form>
</main>
<script src="/assets/pin_pad.js"></script>
<script src="/assets/sign_in.js"></script>"""

_FORBIDDEN: Final = """<main class="sign-in">
<h1 class="sign-in__title">Not for this account</h1>
<p class="sign-in__said">The role {role} does not include the page “{page}”.</p>
<p><a class="sign-in__link" href="/sign-in">Sign in with another account</a></p>
</main>"""

_MISSING: Final = """<main class="sign-in">
<h1 class="sign-in__title">Not here</h1>
<p class="sign-in__said">{said}</p>
<p><a class="sign-in__link" href="/">To the board</a></p>
</main>"""

_UNANSWERED: Final = """<main class="sign-in">
<h1 class="sign-in__title">Not now</h1>
<p class="sign-in__said" role="alert">The server is there, but its storage does not answer. This page tries again
 by itself. You are still signed in. Until it is back, chart on paper.</p>
</main>"""

_BUSY: Final = """<main class="sign-in">
<h1 class="sign-in__title">A moment</h1>
<p class="sign-in__said" role="alert">This browser asked for too much at once. This page tries again by itself.
 You are still signed in, and what you charted is kept.</p>
</main>"""


def sign_in_page(wanted: str) -> str:
    """Return the page on which somebody signs in and goes on to ``wanted``, a path on this server."""
    body = _SIGN_IN.format(wanted=escape(wanted, quote=True))
    return _FRAME.format(title="Sign in to Chairside", body=body)


def missing_page(said: str) -> str:
    """Return the page that says that there is no such chair or session."""
    return _FRAME.format(title="Not here", body=_MISSING.format(said=escape(said)))


def forbidden_page(role: str, page: str) -> str:
    """Return the page that says that a role does not include a page; it holds nothing about a patient."""
    body = _FORBIDDEN.format(role=escape(role), page=escape(page))
    return _FRAME.format(title="Not for this account", body=body)


def unanswered_page() -> str:
    """Return the page that says that storage does not answer; nobody has to sign in again for it."""
    return _FRAME.format(title="Not now", body=_UNANSWERED)


def busy_page() -> str:
    """Return the page that says that a browser asked too often; it tries again by itself."""
    return _FRAME.format(title="A moment", body=_BUSY)

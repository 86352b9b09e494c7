"""Verifies access tokens with PyJWT 2.6 or newer and cryptography (`pip install "pyjwt[crypto]"`)."""

import json
import sys

import jwt

# Clocks may differ by this many seconds.
TOLERANCE_SECONDS = 60


class TokenVerifier:
    """Verifies the access tokens of one identity server. The keys are fetched once, and again after five minutes."""

    def __init__(self, issuer, audience, jwks_url, algorithm="ES256"):
        self.issuer = issuer
        self.audience = audience
        self.algorithm = algorithm
        self.keys = jwt.PyJWKClient(jwks_url, lifespan=300)

    def verify(self, token):
        """Returns the claims of a token, or raises jwt.PyJWTError: respond with 401.

        jwt.PyJWKClientError, which is one of them, means that the key is unknown or that the keys cannot be fetched.
        """
        # PyJWT does not check the type. Without this check, another kind of token with the same signature would be accepted.
        if jwt.get_unverified_header(token).get("typ") != "at+jwt":
            raise jwt.InvalidTokenError("The token is not an access token.")
        key = self.keys.get_signing_key_from_jwt(token)
        return jwt.decode(
            token,
            key.key,
            algorithms=[self.algorithm],
            issuer=self.issuer,
            audience=self.audience,
            leeway=TOLERANCE_SECONDS,
            options={"require": ["exp", "iat", "iss", "aud", "sub", "sid", "roles"]},
        )


if __name__ == "__main__":
    verifier = TokenVerifier(issuer=sys.argv[1], audience=sys.argv[2], jwks_url=sys.argv[3])
    try:
        json.dump(verifier.verify(sys.stdin.read().strip()), sys.stdout)
    except jwt.PyJWTError as error:
        sys.exit(f"{type(error).__name__}: the token is not valid.")

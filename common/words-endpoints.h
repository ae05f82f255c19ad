/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The rows of words-table.h that are about endpoints. */

/* --- Endpoints of a cloud account --- */

BG_SAY (ENDPOINT_URL_BAD, 1,
        N_ ("“%s” is no address of an endpoint (as in http://app.example or tcp://db.prod:5432)"))
BG_SAY (ENDPOINT_SCHEME_UNKNOWN, 1, N_ ("“%s” is not http, https, tcp or tls"))
BG_SAY (ENDPOINT_SCHEME_CONTRADICTS, 2, N_ ("its address says %s, and its protocol is %s"))
BG_SAY (ENDPOINT_HOST_BAD, 1, N_ ("“%s” is no name of a host"))
BG_SAY (ENDPOINT_HOST_IS_LOCAL, 1,
        N_ ("“%s” means this machine or no single machine: no endpoint may have it"))
BG_SAY (ENDPOINT_PORT_BAD, 1, N_ ("“%s” is no port (1 to 65535)"))
BG_SAY (ENDPOINT_PORT_MISSING, 0, N_ ("its address has no port, which tcp needs"))
BG_SAY (INGRESS_ADDRESS_BAD, 1, N_ ("“%s” is no HOST or HOST:PORT of an ingress"))
BG_SAY (API_URL_BAD, 1, N_ ("“%s” is no address of an API (https://HOST, or http:// on this machine)"))
BG_SAY_TWICE (API_KEY_MISSING, 0,
        N_ ("nobody has given the account's API key yet: “bamgatectl endpoints set-api-key” takes it"),
        N_ ("nobody has given the account's API key yet"))
BG_SAY (API_KEY_MALFORMED, 0, N_ ("that is no API key: it is empty, too long, or has characters that no key has"))
BG_SAY (API_KEY_REFUSED, 1, N_ ("the account refuses the API key: %s"))
BG_SAY (ACCOUNT_UNREACHABLE, 2, N_ ("the account's API at %s cannot be reached: %s"))
BG_SAY (ACCOUNT_LATE, 2, N_ ("the account's API at %s has not answered within %s seconds"))
BG_SAY (ACCOUNT_SAYS, 2, N_ ("the account's API says: %s (%s)"))
BG_SAY (ACCOUNT_STATUS, 1, N_ ("the account's API answers with HTTP status %s"))
BG_SAY (ACCOUNT_GARBLED, 0, N_ ("the account's API gives an answer that nobody can read"))
BG_SAY (ACCOUNT_LIST_ENDLESS, 0, N_ ("the account's list of endpoints has no end"))
BG_SAY (ACCOUNT_LIST_ELSEWHERE, 1, N_ ("the account's list of endpoints goes on at %s, which is not the account's API"))
BG_SAY (ACCOUNT_NO_CERTIFICATE, 0, N_ ("the account has given no certificate"))
BG_SAY (ACCOUNT_CERTIFICATE_BAD, 0, N_ ("the account has given a certificate that is not for this machine's key"))
BG_SAY (ACCOUNT_FORGOT, 0, N_ ("the account does not know this machine any more: it registers anew"))
BG_SAY (ACCOUNT_FORGOT_AGAIN, 1,
        N_ ("the account has forgotten this machine twice in a short time: it registers anew at %s"))
BG_SAY (ACCOUNT_KEY_NOT_MADE, 1, N_ ("no key for the account could be made: %s"))
BG_SAY (ACCOUNT_FILE_NOT_WRITTEN, 2, N_ ("%s cannot be written: %s"))
BG_SAY (ACCOUNT_CERTIFICATE_ENDED, 1,
        N_ ("the certificate for the account has ended, and a new one could not be had: %s"))

/* --- Endpoints on this machine --- */

BG_SAY (ENDPOINT_NO_ADDRESS, 0, N_ ("every address that endpoints may have here is in use"))
BG_SAY (ENDPOINT_NO_PORT, 0, N_ ("every port that endpoints may have here is in use"))
BG_SAY (ENDPOINT_PORT_TAKEN, 2, N_ ("another program has port %s of %s"))
/* TRANSLATORS: a port, an address, and what the system says. */
BG_SAY (ENDPOINT_CANNOT_LISTEN, 3, N_ ("nothing can listen at port %s of %s: %s"))

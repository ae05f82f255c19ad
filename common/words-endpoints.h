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

BG_SAY (API_KEY_TOO_OFTEN, 1, N_ ("%u API keys were tried within a minute: wait a minute before the next one"))

/* --- Endpoints on this machine --- */

BG_SAY (ENDPOINT_NO_ADDRESS, 0, N_ ("every address that endpoints may have here is in use"))
BG_SAY (ENDPOINT_NO_PORT, 0, N_ ("every port that endpoints may have here is in use"))
BG_SAY (ENDPOINT_PORT_TAKEN, 2, N_ ("another program has port %s of %s"))
/* TRANSLATORS: a port, an address, and the port where it is in place of that one. */
BG_SAY (ENDPOINT_AT_OTHER_PORT, 3, N_ ("another program has port %s of %s: it is at port %s as long as that is so"))
/* TRANSLATORS: a port, an address, and what the system says. */
BG_SAY (ENDPOINT_CANNOT_LISTEN, 3, N_ ("nothing can listen at port %s of %s: %s"))
BG_SAY (ENDPOINT_LINK_BARE, 1, N_ ("the interface %s has no address, or is not there"))
BG_SAY (INGRESS_NOT_FOUND, 2, N_ ("the address of the ingress %s cannot be found: %s"))
BG_SAY (INGRESS_LOOKED_UP, 1, N_ ("the address of the ingress %s is being looked up"))
BG_SAY (INGRESS_HANGS_UP, 0, N_ ("the ingress hung up on the last connections without an answer, as it does where it does not know the certificate"))
BG_SAY (ENDPOINT_NAME_OF_NETWORK, 1, N_ ("“%s” is a name of this machine or of a network's machines, which no endpoint takes"))
BG_SAY (ENDPOINT_NAME_IN_HOSTS, 2, N_ ("“%s” has a line of somebody else's in %s"))
BG_SAY (ENDPOINT_NAME_PUBLIC, 1,
        N_ ("“%s” may be a name of the Internet or of another network, which no endpoint takes unless the setting ngrok.names has it"))
BG_SAY (ENDPOINTS_OF_ANOTHER, 0, N_ ("another daemon of this machine has its endpoints"))
BG_SAY (ENDPOINT_NAMES_NOT_WRITTEN, 1, N_ ("the names of endpoints cannot be written: %s"))
BG_SAY (ENDPOINT_NAMES_NOWHERE, 0, N_ ("nobody here may write the names of endpoints: they are to be had at their addresses alone"))
BG_SAY_TWICE (ENDPOINT_NAMES_CHANGED, 1,
              N_ ("another program took the names of endpoints out of %s; “bamgatectl reload” puts them there again"),
              N_ ("another program took the names of endpoints out of %s"))

/* --- Their settings --- */

BG_SAY (ENDPOINT_BAD_SUBNET, 1, N_ ("“%s” is not an IPv4 network of 8 to 30 bits (as in 10.107.0.0/16)"))
BG_SAY (ENDPOINT_BAD_SUBNET6, 1, N_ ("“%s” is neither auto, none nor an IPv6 network (as in fd00:107::/112)"))
BG_SAY (ENDPOINT_BAD_MODE, 1, N_ ("“%s” is neither virtual, all, an address nor the name of an interface"))
BG_SAY (ENDPOINT_BAD_RULE, 1, N_ ("“%s” is not a name of endpoints and where they are to be had (as in db.prod:5432 all)"))
BG_SAY (ENDPOINT_BAD_CONFLICT, 1, N_ ("“%s” is neither refuse nor port"))
BG_SAY (ENDPOINT_BAD_PATH, 1, N_ ("“%s” is not a path from the root on (as in /etc/ssl/ca.pem)"))
BG_SAY (ENDPOINT_PORTS_REVERSED, 0, N_ ("it is above last-port"))
BG_SAY_TWICE (ENDPOINTS_DISABLED, 0,
              N_ ("endpoints of an account are off here: “bamgatectl config set ngrok.enabled=true” turns them on"),
              N_ ("endpoints of an account are off here, by the setting ngrok.enabled"))

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Of words-table.h: what is said of published services. */
/* clang-format off */

BG_SAY (BAD_SERVICE_NAME, 1, N_ ("“%s” is not a name for a service (letters in lower case, digits and “-”, as in web)"))
BG_SAY (BAD_TARGET, 1, N_ ("“%s” does not say where a service is (an address and a port, as in 127.0.0.1:8080 or [::1]:8080)"))
BG_SAY (BAD_UNIX_TARGET, 1, N_ ("“%s” is not the path of a Unix socket (as in /run/app/socket)"))
BG_SAY (SERVICE_WITHOUT_TARGET, 0, N_ ("a service needs one of tcp, unix and udp"))
BG_SAY (SERVICE_TWO_TARGETS, 0, N_ ("a service has either tcp or unix"))
BG_SAY (SERVICE_WITHOUT_STREAM, 0, N_ ("this is for services that are reached by TCP, with tcp or unix"))
BG_SAY (SERVICE_WITHOUT_PORT, 0, N_ ("a service at a Unix socket needs a port at which peers reach it"))
BG_SAY (SERVICE_PORT_TAKEN, 2, N_ ("the service “%s” has port %s already: give this one another port"))
BG_SAY (TOO_MANY_SERVICES, 1, N_ ("a machine publishes at most %s services"))
BG_SAY (SERVICE_PORT_USED, 4, N_ ("the service “%s” cannot be reached at %s, where %s has port %s: give one of them another port"))
BG_SAY (SERVICE_NOT_OPEN, 4, N_ ("the service “%s” cannot be reached at port %s of %s: %s"))

/* --- Certificates, and names of the network --- */

BG_SAY (CERTIFICATE_NOT_MADE, 1, N_ ("no certificate can be made: %s"))
BG_SAY (BAD_CERTIFICATE_REQUEST, 0, N_ ("what asks for a certificate is no request for one, or of another kind of key"))
BG_SAY (AUTHORITY_KEY_MISSING, 0, N_ ("the key that goes with the network's certificate is not on this machine"))
BG_SAY (AUTHORITY_OTHER_SUFFIX, 0, N_ ("the network's certificate is for names that end otherwise: it has to be made anew"))
BG_SAY (AUTHORITY_NEEDS_TUNNEL, 0, N_ ("while the tunnel is down it is not known how the network's names end: bring it up first"))
BG_SAY (BAD_GIVEN_NAME, 1,
        N_ ("“%s” cannot be a name of the network (letters in lower case, digits and “-”, as in wiki)"))
BG_SAY (GIVEN_NAME_OF_MACHINE, 1, N_ ("a machine of the network is called “%s” already"))
BG_SAY (NO_SUCH_GIVEN_NAME, 1, N_ ("the network has no name “%s”"))
BG_SAY_TWICE (SERVICE_TLS_NO_AUTHORITY, 0,
        N_ ("services with TLS have no certificate: nobody signs them in this network until “bamgatectl network certificate "
            "--new” was said on an owner's machine"),
        N_ ("services with TLS have no certificate: nobody signs them in this network until an owner's machine does"))
BG_SAY (SERVICE_TLS_WAITS, 0,
        N_ ("services with TLS wait for a certificate: the machine that signs it has not answered yet"))

# The door from a port's Makefile to the ports tree it lies in: PORTSDIR, if nobody set it, is
# the nearest folder upwards that holds the framework, else /usr/ports.

.for above in . .. ../.. ../../..
.  if !defined(PORTSDIR) && exists(${.CURDIR}/${above}/Mk/bsd.port.mk)
PORTSDIR:=	${.CURDIR}/${above}
PORTSDIR:=	${PORTSDIR:tA}
.  endif
.endfor
PORTSDIR?=	/usr/ports

# src.conf is for building the base system; it must not reach ports.
_WITHOUT_SRCCONF=	yes
.include <bsd.own.mk>

BSDPORTMK?=	${PORTSDIR}/Mk/bsd.port.mk
.include "${BSDPORTMK}"

# The door from a category, or from the top of a ports tree, to its list of ports.

.for above in . .. ../..
.  if !defined(PORTSDIR) && exists(${.CURDIR}/${above}/Mk/bsd.port.subdir.mk)
PORTSDIR:=	${.CURDIR}/${above}
PORTSDIR:=	${PORTSDIR:tA}
.  endif
.endfor
PORTSDIR?=	/usr/ports

.include <bsd.own.mk>
.include "${PORTSDIR}/Mk/bsd.port.subdir.mk"

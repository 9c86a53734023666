# The rest of the framework, for ports that included bsd.port.pre.mk.

AFTERPORTMK=	yes
.include <bsd.port.mk>
.undef AFTERPORTMK

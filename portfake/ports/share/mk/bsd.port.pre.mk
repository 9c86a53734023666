# The framework up to the point where a port may look at what it computed (OSVERSION, PREFIX, ...).

BEFOREPORTMK=	yes
.include <bsd.port.mk>
.undef BEFOREPORTMK

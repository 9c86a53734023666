# The options section of the framework only: PORT_OPTIONS can be asked for from here on.

USEOPTIONSMK=	yes
INOPTIONSMK=	yes
.include <bsd.port.mk>
.undef INOPTIONSMK

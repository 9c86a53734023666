# Owners, modes and folders of the target's base system, and how install(1) is called.

BINMODE?=	555
NOBINMODE?=	444
CONFMODE?=	644
.for data in DEBUG DOC INFO LIB MAN NLS SHARE
${data}MODE?=	${NOBINMODE}
.endfor
KMODMODE?=	${BINMODE}

.for kind in BIN CONF DOC INFO KMOD LIB MAN NLS SHARE
${kind}OWN?=	root
${kind}GRP?=	wheel
.endfor

CONFDIR?=	/etc
DEBUGDIR?=	/usr/lib/debug
INCLUDEDIR?=	/usr/include
KMODDIR?=	/boot/kernel
LIBDIR?=	/usr/lib
LIBDATADIR?=	/usr/libdata
LIBEXECDIR?=	/usr/libexec
SHLIBDIR?=	${LIBDIR}
SHAREDIR?=	/usr/share
DOCDIR?=	${SHAREDIR}/doc
INFODIR?=	${SHAREDIR}/info
MANDIR?=	${SHAREDIR}/man/man
NLSDIR?=	${SHAREDIR}/nls

# COPY is empty: install(1) has copied by default for decades. STRIP is one of its options.
COPY?=
.if !defined(DEBUG_FLAGS)
STRIP?=		-s
.endif
COMPRESS_CMD?=	gzip -cn
COMPRESS_EXT?=	.gz

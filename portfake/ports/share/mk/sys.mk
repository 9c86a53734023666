# What make(1) of the target's base system knows before it reads a Makefile, as far as ports
# depend on it. Every value is a default: make.conf, the command line and ports may differ.

# Recipe lines stop at the first command that fails: each runs as "sh -e -c".
__MAKE_SHELL?=	/bin/sh
SHELL?=		${__MAKE_SHELL}
.SHELL: name=sh path=${__MAKE_SHELL} hasErrCtl=yes check="set -e" ignore="set +e" \
	quiet="set -" echo="set -v" filter="set -" errFlag=e echoFlag=v

.MAKE.EXPAND_VARIABLES=		yes
.MAKE.MAKEFILE_PREFERENCE=	BSDmakefile makefile Makefile

# Families of CPUs: one word for all that run the same kind of code.
MACHINE_CPUARCH=	${MACHINE_ARCH:C/^armv[67]$/arm/:C/^powerpc64(le)?$/powerpc/:S/^riscv64$/riscv/}

.SUFFIXES: .o .c .cc .cpp .cxx .C .s .S .sh .l .y

# Programs, all found through PATH.
AR?=		ar
AS?=		as
CC?=		cc
CPP?=		cpp
CXX?=		c++
FC?=		f77
LD?=		ld
LEX?=		lex
MAKE?=		make
NM?=		nm
OBJC?=		cc
OBJCOPY?=	objcopy
RANLIB?=	ranlib
SIZE?=		size
STRIPBIN?=	strip
YACC?=		yacc

CP?=		cp -f
ECHO?=		echo
INSTALL?=	install

ARFLAGS?=	-crsD
RANLIBFLAGS?=	-D
CFLAGS?=	-O2 -pipe
CXXFLAGS?=	${CFLAGS:N-std=*:N-W*-prototypes:N-Wnested-externs:N-Wno-pointer-sign:N-Wold-style-definition}
FFLAGS?=	-O
LDFLAGS?=
LFLAGS?=
YFLAGS?=	-d

# The administrator's settings come after the defaults, so that "+=" extends them.
__MAKE_CONF?=	/etc/make.conf
.if exists(${__MAKE_CONF})
.include "${__MAKE_CONF}"
.endif

# Ports look at MACHINE_CPU before they include anything.
.include <bsd.cpu.mk>

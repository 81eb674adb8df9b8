#pragma once

#include <libpq-fe.h>

#include "base/late_library.h"

namespace gmail_mcp::sql {

// libpq, loaded when the first database is opened: with LDAP and Kerberos, which it brings along,
// it would cost a start as much as libcurl. In this namespace each name means the function here. A
// function that is not listed does not link.
inline constexpr const char* libpq = "libpq.so.5";

GMAIL_MCP_LATE_FUNCTION(libpq, PQcancel);
GMAIL_MCP_LATE_FUNCTION(libpq, PQclear);
GMAIL_MCP_LATE_FUNCTION(libpq, PQconnectPoll);
GMAIL_MCP_LATE_FUNCTION(libpq, PQconnectStartParams);
GMAIL_MCP_LATE_FUNCTION(libpq, PQconnectdb);
GMAIL_MCP_LATE_FUNCTION(libpq, PQconninfoFree);
GMAIL_MCP_LATE_FUNCTION(libpq, PQconninfoParse);
GMAIL_MCP_LATE_FUNCTION(libpq, PQconsumeInput);
GMAIL_MCP_LATE_FUNCTION(libpq, PQenterPipelineMode);
GMAIL_MCP_LATE_FUNCTION(libpq, PQerrorMessage);
GMAIL_MCP_LATE_FUNCTION(libpq, PQexec);
GMAIL_MCP_LATE_FUNCTION(libpq, PQexecParams);
GMAIL_MCP_LATE_FUNCTION(libpq, PQexitPipelineMode);
GMAIL_MCP_LATE_FUNCTION(libpq, PQfinish);
GMAIL_MCP_LATE_FUNCTION(libpq, PQflush);
GMAIL_MCP_LATE_FUNCTION(libpq, PQfreeCancel);
GMAIL_MCP_LATE_FUNCTION(libpq, PQfreemem);
GMAIL_MCP_LATE_FUNCTION(libpq, PQftype);
GMAIL_MCP_LATE_FUNCTION(libpq, PQgetCancel);
GMAIL_MCP_LATE_FUNCTION(libpq, PQgetResult);
GMAIL_MCP_LATE_FUNCTION(libpq, PQgetisnull);
GMAIL_MCP_LATE_FUNCTION(libpq, PQgetlength);
GMAIL_MCP_LATE_FUNCTION(libpq, PQgetvalue);
GMAIL_MCP_LATE_FUNCTION(libpq, PQisBusy);
GMAIL_MCP_LATE_FUNCTION(libpq, PQnfields);
GMAIL_MCP_LATE_FUNCTION(libpq, PQnotifies);
GMAIL_MCP_LATE_FUNCTION(libpq, PQntuples);
GMAIL_MCP_LATE_FUNCTION(libpq, PQparameterStatus);
GMAIL_MCP_LATE_FUNCTION(libpq, PQping);
GMAIL_MCP_LATE_FUNCTION(libpq, PQpipelineSync);
GMAIL_MCP_LATE_FUNCTION(libpq, PQresultErrorField);
GMAIL_MCP_LATE_FUNCTION(libpq, PQresultStatus);
GMAIL_MCP_LATE_FUNCTION(libpq, PQsendQueryParams);
GMAIL_MCP_LATE_FUNCTION(libpq, PQsetErrorVerbosity);
GMAIL_MCP_LATE_FUNCTION(libpq, PQsetNoticeProcessor);
GMAIL_MCP_LATE_FUNCTION(libpq, PQsetNoticeReceiver);
GMAIL_MCP_LATE_FUNCTION(libpq, PQsetnonblocking);
GMAIL_MCP_LATE_FUNCTION(libpq, PQsocket);
GMAIL_MCP_LATE_FUNCTION(libpq, PQsslStruct);
GMAIL_MCP_LATE_FUNCTION(libpq, PQstatus);

}  // namespace gmail_mcp::sql

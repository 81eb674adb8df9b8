#pragma once

#include <vector>

#include "app/verb.h"

namespace gmail_mcp::app {

/// Every verb, in the order in which --help lists them; a group before its verbs.
std::vector<Verb> all_verbs();

// One file each: verbs/<name>.cpp; only serve.cpp, which opens the doors, is beside program.cpp.
namespace verbs {
Verb serve();
Verb sandbox();
Verb tool();
Verb connect();
std::vector<Verb> connections();
std::vector<Verb> accounts();
std::vector<Verb> users();
std::vector<Verb> sign_ins();
std::vector<Verb> tokens();
Verb health();
Verb validate();
Verb migrate();
Verb init();
Verb import();
Verb backup();
Verb restore();
Verb export_();
Verb keygen();
std::vector<Verb> keys();
}  // namespace verbs

}  // namespace gmail_mcp::app

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gmail_mcp::mail {

/// An answer of a mailbox as one text, as the response cache keeps it. For this process only:
/// numbers are written as they are in memory. `T`: std::vector<model::Label>, model::Profile,
/// std::vector<model::SenderAddress>, model::Message or model::Attachment.
template <class T>
std::size_t packed_size(const T& answer);

/// packed_size(answer) bytes.
template <class T>
std::string pack(const T& answer);

/// `packed`: what pack() wrote for the same T.
template <class T>
T unpack(std::string_view packed);

}  // namespace gmail_mcp::mail

#pragma once
#include "engine/commands.h"
#include "vocabulary/bytes.h"
#include "vocabulary/result.h"

namespace chroom::engine {

// Reads the serialised request of control.proto that belongs to `kind`, an index into kCommandNames. Everything the
// commands bound is checked here, so that a worker only meets well-formed commands. kInvalidArgument names the field.
Result<Command> parse_command(size_t kind, Bytes request);

}  // namespace chroom::engine

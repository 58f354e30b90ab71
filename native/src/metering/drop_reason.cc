#include "metering/drop_reason.h"

namespace chroom::metering {

const char* drop_reason_name(DropReason reason) {
  switch (reason) {
#define CHROOM_DROP_CASE(enumerator, name) \
  case DropReason::enumerator:             \
    return #name;
    CHROOM_DROP_REASONS(CHROOM_DROP_CASE)
#undef CHROOM_DROP_CASE
  }
  return "unknown";
}

}  // namespace chroom::metering

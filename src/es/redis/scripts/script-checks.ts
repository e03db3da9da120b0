/**
 * The beginning of each script.
 *
 * - `isAllowed(command, ...)`: whether the user of Redis may send this command
 * - `denied`: the reply when the user may not
 * - `isLate(time, deadline)`: whether TIME of Redis is past a deadline in milliseconds; 0 means no deadline
 * - `late`: the reply when it is
 */
export const SCRIPT_CHECKS = `
local isAllowed = redis.acl_check_cmd
local denied = redis.error_reply('NOPERM no permission for each command that this script may need')
local function isLate(time, deadline) return deadline > 0 and time[1] * 1000 + time[2] / 1000 > deadline end
local late = redis.error_reply('LATE the deadline of this script is over')
`;

<?php
// This file is part of Bangkom - competence development beside an LMS.
//
// Bangkom is free software: you can redistribute it and/or modify
// it under the terms of the GNU General Public License as published by
// the Free Software Foundation, either version 3 of the License, or
// (at your option) any later version.
//
// Bangkom is distributed in the hope that it will be useful,
// but WITHOUT ANY WARRANTY; without even the implied warranty of
// MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
// GNU General Public License for more details.
//
// You should have received a copy of the GNU General Public License
// along with Bangkom.  If not, see <http://www.gnu.org/licenses/>.

namespace local_bangkom\check;

use core\check\{check, result};
use local_bangkom\outbox;

/**
 * Whether facts wait too long, or were put aside.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class backlog extends check {
    /** @var int Seconds that a fact may wait before it is said. */
    private const WARN = 900;

    /** @var int Seconds after which it is an error. */
    private const FAIL = 21600;

    /**
     * The name in the list of checks.
     *
     * @return string
     */
    public function get_name(): string {
        return get_string('checkbacklog', 'local_bangkom');
    }

    /**
     * Where to look further.
     *
     * @return \action_link|null
     */
    public function get_action_link(): ?\action_link {
        return new \action_link(new \moodle_url('/local/bangkom/connection.php'), get_string('connection', 'local_bangkom'));
    }

    /**
     * Look.
     *
     * @return result
     */
    public function get_result(): result {
        $counts = outbox::counts();
        $lag = outbox::lag();
        $summary = get_string('checkbacklog_summary', 'local_bangkom', $counts + ['lag' => format_time($lag)]);
        $status = match (true) {
            $lag > self::FAIL => result::ERROR,
            $lag > self::WARN, $counts['parked'] > 0 => result::WARNING,
            default => result::OK,
        };
        return new result($status, $summary, $counts['parked'] ? get_string('checkbacklog_parked', 'local_bangkom') : '');
    }
}

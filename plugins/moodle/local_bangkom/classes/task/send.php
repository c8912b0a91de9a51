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

namespace local_bangkom\task;

use local_bangkom\{batch, bridge, courier, outbox};

/**
 * Every minute: takes what waits to the bridge, and once in a while forgets what is old.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class send extends \core\task\scheduled_task {
    /**
     * The name in the list of tasks.
     *
     * @return string
     */
    public function get_name() {
        return get_string('tasksend', 'local_bangkom');
    }

    /**
     * Send, then tidy up.
     */
    public function execute() {
        mtrace('local_bangkom: ' . (new courier(bridge::of_settings()))->run());
        $before = time() - DAYSECS * max(1, (int)get_config('local_bangkom', 'keepdays'));
        outbox::tidy($before);
        batch::tidy($before);
    }
}

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

/**
 * Shows the outbox, sends rows again, puts rows aside.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

define('CLI_SCRIPT', true);

require(__DIR__ . '/../../../config.php');
require_once($CFG->libdir . '/clilib.php');

use local_bangkom\{bridge, courier, outbox};

[$options, $unknown] = cli_get_params(
    ['help' => false, 'show' => '', 'limit' => 20, 'resend' => '', 'park' => '', 'ids' => '', 'send' => false],
    ['h' => 'help']
);
if ($unknown) {
    cli_error(get_string('cliunknowoption', 'core_admin', implode(PHP_EOL, $unknown)));
}
if ($options['help']) {
    cli_writeln(<<<TEXT
The facts that Bangkom is told.

    php local/bangkom/cli/outbox.php                          how many rows are in each state
    php local/bangkom/cli/outbox.php --show=parked            rows in a state: waiting, sent, refused or parked
                                     [--limit=20]
    php local/bangkom/cli/outbox.php --resend=parked          send rows in a state again: sent, refused or parked
                                     [--ids=7,8]              only these
    php local/bangkom/cli/outbox.php --park=waiting --ids=7   put rows aside: waiting or refused
    php local/bangkom/cli/outbox.php --send                   send what waits, now

TEXT);
    exit(0);
}

/**
 * The state that was named, or an end with words.
 *
 * @param string $state
 * @param string[] $fitting
 * @return string
 */
function local_bangkom_state(string $state, array $fitting): string {
    if (!in_array($state, $fitting, true)) {
        cli_error('Name a state: ' . implode(', ', $fitting));
    }
    return $state;
}

$ids = array_map('intval', array_filter(explode(',', (string)$options['ids']), 'strlen'));
if ($options['show'] !== '') {
    $state = outbox::STATES[local_bangkom_state((string)$options['show'], array_keys(outbox::STATES))];
    $limit = max(1, (int)$options['limit']);
    foreach ($DB->get_records(outbox::TABLE, ['state' => $state], 'id', '*', 0, $limit) as $row) {
        $type = json_decode($row->body)->type ?? '?';
        cli_writeln(implode("\t", [$row->id, date('c', $row->timecreated), $type, $row->factid, $row->code, "$row->tries tries"]));
    }
} else if ($options['resend'] !== '') {
    $state = local_bangkom_state((string)$options['resend'], ['sent', 'refused', 'parked']);
    cli_writeln(outbox::resend($state, $ids) . ' rows will be sent again');
} else if ($options['park'] !== '') {
    $state = local_bangkom_state((string)$options['park'], ['waiting', 'refused']);
    if (!$ids) {
        cli_error('Name rows: --ids=7,8');
    }
    cli_writeln(outbox::park($state, $ids) . ' rows were put aside');
} else {
    if ($options['send']) {
        cli_writeln((new courier(bridge::of_settings()))->run());
    }
    foreach (outbox::counts() as $state => $count) {
        cli_writeln("$state\t$count");
    }
    cli_writeln("lag\t" . outbox::lag() . ' s');
}

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
 * Switches web services on and makes the account, its role and a new token for the bridge; with options, writes the settings.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

define('CLI_SCRIPT', true);

require(__DIR__ . '/../../../config.php');
require_once($CFG->libdir . '/clilib.php');

[$options, $unknown] = cli_get_params(
    ['help' => false, 'bridgeurl' => '', 'keyid' => '', 'secret' => '', 'portalurl' => ''],
    ['h' => 'help']
);
if ($unknown) {
    cli_error(get_string('cliunknowoption', 'core_admin', implode(PHP_EOL, $unknown)));
}
if ($options['help']) {
    cli_writeln(<<<TEXT
Lets Bangkom call this site. Prints the token to give to "bangkom lms add"; a token that was there before ends.

    php local/bangkom/cli/connect.php [--bridgeurl=https://... --keyid=... --secret=... [--portalurl=https://...]]

TEXT);
    exit(0);
}

foreach (['bridgeurl', 'keyid', 'secret', 'portalurl'] as $name) {
    if ($options[$name] !== '') {
        set_config($name, $options[$name], 'local_bangkom');
    }
}
\core\session\manager::set_user(get_admin());
cli_writeln(\local_bangkom\setup::connect());

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
 * English words.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['bangkom:connect'] = 'Act on this site as Bangkom, through web services';
$string['bridgeurl'] = 'Address of the bridge';
$string['bridgeurl_desc'] = 'Where Bangkom\'s bridge is reached, for example https://bangkom.example.go.id/bridge. Empty: nothing is kept and nothing is sent.';
$string['cachedef_courses'] = 'Courses with the Bangkom enrolment method';
$string['cachedef_opened'] = 'Modules that a person opened today';
$string['checkbacklog'] = 'Bangkom: facts that wait';
$string['checkbacklog_parked'] = 'Facts were put aside because the bridge can\'t read them. Look at them with "php local/bangkom/cli/outbox.php --show=parked" and send them again with "--resend=parked".';
$string['checkbacklog_summary'] = '{$a->waiting} waiting (the oldest for {$a->lag}), {$a->parked} put aside, {$a->refused} refused';
$string['checkcontact'] = 'Bangkom: contact';
$string['checkcontact_failed'] = 'The bridge was not reached {$a->failures} times in a row: {$a->code}';
$string['checkcontact_ok'] = 'Last contact: {$a}';
$string['connection'] = 'Connection test';
$string['connection_intro'] = 'Asks the bridge who this site is, signed with the key of the settings. Nothing is changed there.';
$string['connection_test'] = 'Test the connection';
$string['diagnosis_address'] = 'Something answers at this address, but it is not the bridge (HTTP {$a->status}). Compare the address with what the operator of Bangkom gave you; a path such as /bridge may be missing.';
$string['diagnosis_bad_signature'] = 'The bridge does not know this key, or the secret is another one (HTTP 401). Copy key id and secret again from "bangkom lms add"; look for a space too many.';
$string['diagnosis_blocked'] = 'Moodle itself forbids the call: the address or port of the bridge is on the cURL block list, as private addresses and ports other than 80 and 443 are by default. Go to Site administration > General > Security > HTTP security, and take the address out of "cURL blocked hosts list" or add the port to "cURL allowed ports list". If the name of the bridge can\'t be resolved, Moodle says the same.';
$string['diagnosis_busy'] = 'The bridge is there but can\'t answer now (HTTP {$a->status}). What waits is sent later; nothing is lost.';
$string['diagnosis_late'] = 'The clocks differ by {$a->late} seconds; five minutes are allowed. Set the clock of this machine (timedatectl set-ntp true) or of the bridge.';
$string['diagnosis_ok'] = 'Connected. The bridge knows this site as {$a->site} ({$a->name}); the clocks differ by {$a->skew} seconds.';
$string['diagnosis_other'] = 'The bridge refused: {$a->code} (HTTP {$a->status}).';
$string['diagnosis_redirect'] = 'The address leads elsewhere (HTTP {$a->status}). Signed calls follow no redirect: enter the final address, mostly with https.';
$string['diagnosis_replayed'] = 'The bridge saw this very call before. Try again in a second.';
$string['diagnosis_unreachable'] = 'Nobody answers at this address (cURL error {$a->errno}). Is the address right, is the bridge up, is the certificate valid, and may this machine go out through the firewall or proxy?';
$string['diagnosis_unset'] = 'Address, key id or secret is not set.';
$string['keepdays'] = 'Keep for days';
$string['keepdays_desc'] = 'How long facts that were sent or refused, and answers to Bangkom, are kept. Facts that were put aside are kept until somebody has looked.';
$string['keyid'] = 'Key id';
$string['keyid_desc'] = 'Names the secret, for example sibolga.k1. For a new secret, enter the new key id and secret together; the old one stays valid until the operator ends it.';
$string['lastcontact'] = 'Last contact';
$string['lms_course_conflict'] = 'Two courses have this name';
$string['lms_unknown_course'] = 'No course has this ID number or short name';
$string['messageprovider:note'] = 'Notes from Bangkom';
$string['newuserauth'] = 'New accounts sign in by';
$string['newuserauth_desc'] = 'How people sign in for whom Bangkom makes an account. For manual accounts Moodle sends a password by e-mail.';
$string['oldest'] = 'The oldest has waited for';
$string['pluginname'] = 'Bangkom';
$string['portalurl'] = 'Address of the portal';
$string['portalurl_desc'] = 'Optional: where people reach Bangkom\'s pages, if not at the address that the bridge names.';
$string['privacy:metadata:bridge'] = 'What happens in courses with the Bangkom enrolment method is told to Bangkom, which counts competence hours and runs evaluations.';
$string['privacy:metadata:bridge:course'] = 'The course';
$string['privacy:metadata:bridge:module'] = 'The module that was opened or completed';
$string['privacy:metadata:bridge:nip'] = 'The NIP, which is the ID number of the account';
$string['privacy:metadata:bridge:score'] = 'The score, from 0 to 100';
$string['privacy:metadata:bridge:suspended'] = 'Whether the account was suspended or deleted';
$string['privacy:metadata:bridge:time'] = 'When it happened';
$string['privacy:metadata:outbox'] = 'Facts that wait to be told to Bangkom, and for some days those that were told.';
$string['privacy:metadata:outbox:body'] = 'What happened: NIP, course, module, score and time';
$string['privacy:metadata:outbox:code'] = 'Why Bangkom refused it';
$string['privacy:metadata:outbox:state'] = 'Whether it waits, was sent, was refused or was put aside';
$string['privacy:metadata:outbox:timecreated'] = 'When it was written down';
$string['privacy:metadata:outbox:timesettled'] = 'When it was sent, refused or put aside';
$string['privacy:metadata:outbox:userid'] = 'The account that it is about';
$string['roledescription'] = 'What Bangkom may do on this site through web services, and no more. For one account only; nobody signs in with it.';
$string['rolename'] = 'Bangkom bridge';
$string['secret'] = 'Secret';
$string['secret_desc'] = 'What "bangkom lms add" printed with the key id.';
$string['settings'] = 'Bangkom settings';
$string['settings_desc'] = 'After saving, try the {$a}.';
$string['state'] = 'Facts';
$string['state_parked'] = 'Put aside';
$string['state_refused'] = 'Refused';
$string['state_sent'] = 'Sent';
$string['state_waiting'] = 'Waiting';
$string['tasksend'] = 'Tell Bangkom what happened';

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
 * Indonesian words.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['bangkom:connect'] = 'Bertindak di situs ini sebagai Bangkom melalui layanan web';
$string['bridgeurl'] = 'Alamat jembatan';
$string['bridgeurl_desc'] = 'Alamat jembatan Bangkom, misalnya https://bangkom.example.go.id/bridge. Jika kosong, tidak ada yang disimpan dan tidak ada yang dikirim.';
$string['cachedef_courses'] = 'Kursus dengan metode pendaftaran Bangkom';
$string['cachedef_opened'] = 'Modul yang dibuka seseorang hari ini';
$string['checkbacklog'] = 'Bangkom: fakta yang menunggu';
$string['checkbacklog_parked'] = 'Ada fakta yang disisihkan karena tidak terbaca oleh jembatan. Lihat dengan "php local/bangkom/cli/outbox.php --show=parked" dan kirim ulang dengan "--resend=parked".';
$string['checkbacklog_summary'] = '{$a->waiting} menunggu (terlama {$a->lag}), {$a->parked} disisihkan, {$a->refused} ditolak';
$string['checkcontact'] = 'Bangkom: kontak';
$string['checkcontact_failed'] = 'Jembatan tidak tercapai {$a->failures} kali berturut-turut: {$a->code}';
$string['checkcontact_ok'] = 'Kontak terakhir: {$a}';
$string['connection'] = 'Uji koneksi';
$string['connection_intro'] = 'Bertanya kepada jembatan siapa situs ini, ditandatangani dengan kunci pada pengaturan. Tidak ada yang berubah di sana.';
$string['connection_test'] = 'Uji koneksi';
$string['diagnosis_address'] = 'Ada yang menjawab di alamat ini, tetapi bukan jembatan (HTTP {$a->status}). Bandingkan dengan alamat dari operator Bangkom; mungkin ada bagian jalur seperti /bridge yang kurang.';
$string['diagnosis_bad_signature'] = 'Jembatan tidak mengenal kunci ini, atau rahasianya berbeda (HTTP 401). Salin ulang ID kunci dan rahasia dari "bangkom lms add"; periksa kelebihan spasi.';
$string['diagnosis_blocked'] = 'Moodle sendiri melarang panggilan ini: alamat atau port jembatan ada di daftar blokir cURL, seperti halnya alamat privat dan port selain 80 dan 443 secara bawaan. Buka Administrasi situs > Umum > Keamanan > Keamanan HTTP, lalu hapus alamat itu dari "daftar host yang diblokir cURL" atau tambahkan port ke "daftar port yang diizinkan cURL". Jika nama jembatan tidak dapat ditemukan, Moodle menjawab sama.';
$string['diagnosis_busy'] = 'Jembatan ada, tetapi belum dapat menjawab (HTTP {$a->status}). Yang menunggu dikirim nanti; tidak ada yang hilang.';
$string['diagnosis_late'] = 'Jam berbeda {$a->late} detik; yang diizinkan lima menit. Setel jam mesin ini (timedatectl set-ntp true) atau jam jembatan.';
$string['diagnosis_ok'] = 'Terhubung. Jembatan mengenal situs ini sebagai {$a->site} ({$a->name}); jam berbeda {$a->skew} detik.';
$string['diagnosis_other'] = 'Jembatan menolak: {$a->code} (HTTP {$a->status}).';
$string['diagnosis_redirect'] = 'Alamat ini mengarah ke tempat lain (HTTP {$a->status}). Panggilan bertanda tangan tidak mengikuti pengalihan: isikan alamat akhirnya, umumnya dengan https.';
$string['diagnosis_replayed'] = 'Jembatan sudah pernah melihat panggilan ini. Coba lagi sedetik kemudian.';
$string['diagnosis_unreachable'] = 'Tidak ada yang menjawab di alamat ini (galat cURL {$a->errno}). Apakah alamatnya benar, jembatan hidup, sertifikat berlaku, dan mesin ini boleh keluar melalui firewall atau proxy?';
$string['diagnosis_unset'] = 'Alamat, ID kunci, atau rahasia belum diisi.';
$string['keepdays'] = 'Simpan selama (hari)';
$string['keepdays_desc'] = 'Berapa lama fakta yang terkirim atau ditolak, dan jawaban kepada Bangkom, disimpan. Fakta yang disisihkan disimpan sampai ada yang memeriksa.';
$string['keyid'] = 'ID kunci';
$string['keyid_desc'] = 'Nama rahasia, misalnya sibolga.k1. Untuk rahasia baru, isikan ID kunci dan rahasia baru bersama-sama; yang lama tetap berlaku sampai diakhiri operator.';
$string['lastcontact'] = 'Kontak terakhir';
$string['lms_course_conflict'] = 'Dua kursus bernama sama';
$string['lms_unknown_course'] = 'Tidak ada kursus dengan nomor ID atau nama singkat ini';
$string['messageprovider:note'] = 'Catatan dari Bangkom';
$string['newuserauth'] = 'Akun baru masuk dengan';
$string['newuserauth_desc'] = 'Cara masuk bagi orang yang akunnya dibuat Bangkom. Untuk akun manual, Moodle mengirim kata sandi melalui surel.';
$string['oldest'] = 'Yang terlama telah menunggu';
$string['pluginname'] = 'Bangkom';
$string['portalurl'] = 'Alamat portal';
$string['portalurl_desc'] = 'Opsional: alamat halaman Bangkom, jika berbeda dari yang disebut jembatan.';
$string['privacy:metadata:bridge'] = 'Yang terjadi pada kursus dengan metode pendaftaran Bangkom diberitahukan kepada Bangkom, yang menghitung jam pelajaran dan menjalankan evaluasi.';
$string['privacy:metadata:bridge:course'] = 'Kursus';
$string['privacy:metadata:bridge:module'] = 'Modul yang dibuka atau diselesaikan';
$string['privacy:metadata:bridge:nip'] = 'NIP, yaitu nomor ID akun';
$string['privacy:metadata:bridge:score'] = 'Nilai, dari 0 sampai 100';
$string['privacy:metadata:bridge:suspended'] = 'Apakah akun ditangguhkan atau dihapus';
$string['privacy:metadata:bridge:time'] = 'Kapan terjadi';
$string['privacy:metadata:outbox'] = 'Fakta yang menunggu diberitahukan kepada Bangkom, dan selama beberapa hari yang sudah diberitahukan.';
$string['privacy:metadata:outbox:body'] = 'Yang terjadi: NIP, kursus, modul, nilai, dan waktu';
$string['privacy:metadata:outbox:code'] = 'Alasan Bangkom menolaknya';
$string['privacy:metadata:outbox:state'] = 'Apakah menunggu, terkirim, ditolak, atau disisihkan';
$string['privacy:metadata:outbox:timecreated'] = 'Kapan dicatat';
$string['privacy:metadata:outbox:timesettled'] = 'Kapan terkirim, ditolak, atau disisihkan';
$string['privacy:metadata:outbox:userid'] = 'Akun yang bersangkutan';
$string['roledescription'] = 'Yang boleh dilakukan Bangkom di situs ini melalui layanan web, dan tidak lebih. Hanya untuk satu akun; tidak ada yang masuk dengan akun itu.';
$string['rolename'] = 'Jembatan Bangkom';
$string['secret'] = 'Rahasia';
$string['secret_desc'] = 'Yang dicetak "bangkom lms add" bersama ID kunci.';
$string['settings'] = 'Pengaturan Bangkom';
$string['settings_desc'] = 'Setelah menyimpan, coba {$a}.';
$string['state'] = 'Fakta';
$string['state_parked'] = 'Disisihkan';
$string['state_refused'] = 'Ditolak';
$string['state_sent'] = 'Terkirim';
$string['state_waiting'] = 'Menunggu';
$string['tasksend'] = 'Memberi tahu Bangkom apa yang terjadi';

"""The page in English: each phrase of the templates and of `words.py`, by its Vietnamese."""

from __future__ import annotations

ENGLISH = {
    "Bài gần giống": "Look-alikes",
    "Bài gốc": "Original",
    "Bài mới lần cuối": "Last new article",
    "Bài mới trong 24 giờ": "New articles in 24 hours",
    "Bài này không nói tới cuộc gặp hay ký kết nào với đối tác nước ngoài.": (
        "This article tells of no meeting or signing with a foreign counterpart."
    ),
    "Bài viết": "Articles",
    "Bài viết của các nguồn tin sẽ hiện ở đây sau lượt đọc đầu tiên.": "Articles appear here after the first crawl.",
    "Bài đã lưu": "Articles kept",
    "Bản sửa": "Revisions",
    "Báo": "Newspaper",
    "Báo cho người vận hành": "Notice to the operators",
    "Biên bản": "Minutes",
    "Bản ghi nhớ": "Memorandum",
    "Bật tỉnh hoặc nguồn ở mục [catalogue] của doingoai.toml.": (
        "Enable provinces or sources under [catalogue] in doingoai.toml."
    ),
    "Bỏ lọc": "Clear",
    "Chi tiết": "Details",
    "Chia trang": "Pages",
    "Chúc mừng": "Greetings",
    "Chương trình, kế hoạch": "Programme or plan",
    "Chưa bật nguồn tin nào": "No source is enabled",
    "Chưa có ai đăng ký nhận thông báo": "Nobody has subscribed to alerts",
    "Chưa có ai đăng ký nhận thông báo. Thêm một bảng [[subscriptions]] vào doingoai.toml để nhận thư hoặc Telegram "
    "khi có sự kiện mới.": (
        "Nobody has subscribed to alerts. Add a [[subscriptions]] table to doingoai.toml to get an email or a Telegram "
        "message when something new happens."
    ),
    "Chưa có bài nào": "No articles yet",
    "Chưa có sự kiện mới trong 7 ngày qua": "No new events in the last 7 days",
    "Chưa có sự kiện nào": "No events yet",
    "Chưa có thông báo nào": "No alerts yet",
    "Chưa gửi được, thử lại lúc": "Not delivered, next try at",
    "Chờ gửi lúc": "To be sent at",
    "Chờ lượt đọc đầu tiên": "Waiting for its first crawl",
    "Chủ nhật": "Sunday",
    "Chứng thư bảo mật của trang không hợp lệ.": "The site's certificate is not valid.",
    "Các bài nói tới": "Articles that tell of it",
    "Các bài đã đọc chưa nói tới cuộc gặp hay ký kết nào với đối tác nước ngoài. Sự kiện mới sẽ hiện ở đây ngay khi "
    "được đọc thấy.": (
        "No article so far tells of a meeting or signing with a foreign counterpart. New events appear here as soon as "
        "they are read."
    ),
    "Các nguồn tin sẽ được đọc lần đầu trong ít phút tới. Sự kiện mới sẽ hiện ở đây, kèm câu trích và đường dẫn tới "
    "bài gốc.": (
        "The sources are crawled for the first time within minutes. New events appear here, with their evidence and "
        "links to the originals."
    ),
    "Các trang": "Pages",
    "Câu đã xét và bỏ qua": "Sentences looked at and left out",
    "Cùng một dịp": "On the same occasion",
    "Cơ sở dữ liệu chưa sẵn sàng": "The database is not ready",
    "Cấp": "Level",
    "Cấp trung ương": "National",
    "Cấp địa phương": "Provincial",
    "Cập nhật": "Update",
    "Cổng thông tin": "Portal",
    "Dưới đây là những sự kiện gần nhất trong kho lưu trữ.": "These are the latest events of the archive.",
    "Gõ có dấu thì tìm đúng dấu; gõ không dấu thì tìm mọi cách viết. Để tìm đúng một cụm từ, đặt cụm từ trong ngoặc "
    "kép.": (
        "With marks the marks must match; without marks any spelling does. Put a phrase in quotes to find it whole."
    ),
    "Gõ từ cần tìm": "Type what to look for",
    "Gặp gỡ": "Meeting",
    "Gặp gỡ, giao lưu": "Exchange",
    "Hoãn hoặc hủy": "Postponed or cancelled",
    "Hãy bỏ bớt điều kiện lọc.": "Try fewer conditions.",
    "Hãy thử ít từ hơn, hoặc gõ không dấu. Để tìm đúng một cụm từ, đặt cụm từ trong ngoặc kép.": (
        "Try fewer words, or no marks. Put a phrase in quotes to find it as it stands."
    ),
    "Hôm nay": "Today",
    "Hôm qua": "Yesterday",
    "Hội nghị, hội thảo": "Conference",
    "Hội đàm": "Talks",
    "Hợp đồng": "Contract",
    "Khi có sự kiện mới đúng điều đã đăng ký, thông báo và từng lần gửi sẽ hiện ở đây.": (
        "When something new happens that somebody subscribed to, the alert and each attempt to send it appear here."
    ),
    "Khi một bài mới nói tới cuộc gặp hay ký kết với đối tác nước ngoài, sự kiện sẽ hiện ở đây.": (
        "When a new article tells of a meeting or signing with a foreign counterpart, the event appears here."
    ),
    "Không còn theo dõi, bài cũ vẫn giữ": "No longer watched, old articles are kept",
    "Không còn trang ở địa chỉ này.": "There is no page at this address any more.",
    "Không có bài nào như vậy": "No articles like these",
    "Không có sự kiện nào như vậy": "No events like these",
    "Không có trang này": "No such page",
    "Không gửi được, đã dừng": "Given up",
    "Không kết nối được tới máy chủ.": "The server cannot be reached.",
    "Không thấy bài nào: có thể trang đã đổi giao diện.": "No articles found: the site may have a new layout.",
    "Không tìm thấy bài nào": "Nothing found",
    "Không tìm thấy tên miền, hoặc máy chủ không có mạng.": "The name is not found, or this server has no network.",
    "Ký biên bản": "Signing of minutes",
    "Ký bản ghi nhớ": "Signing of a memorandum",
    "Ký chương trình, kế hoạch": "Signing of a programme or plan",
    "Ký hợp đồng": "Signing of a contract",
    "Ký kết": "Signing",
    "Ký kết nghĩa": "Twinning",
    "Ký thỏa thuận": "Signing of an agreement",
    "Ký ý định thư": "Signing of a letter of intent",
    "Loại": "Kind",
    "Làm việc": "Working session",
    "Lĩnh vực": "Field",
    "Lượt đọc bị ngắt giữa chừng; sẽ đọc lại.": "The crawl was cut off; it is done again.",
    "Lượt đọc gần nhất không thành công.": "The last crawl failed.",
    "Lễ": "Ceremony",
    "Lọc": "Filter",
    "Lỗi": "Failing",
    "Máy chủ của trang đang gặp lỗi.": "The site's server has a fault.",
    "Mã CAMEO": "CAMEO code",
    "Nguồn": "Source",
    "Nguồn tin": "Sources",
    "Nguồn đọc được": "Sources that answer",
    "Ngày": "Date",
    "Nơi": "Place",
    "Nước": "Country",
    "Nội dung trang không đọc được.": "The page's content cannot be read.",
    "Phía Việt Nam": "Vietnamese side",
    "Phía nước ngoài": "Foreign side",
    "Sau": "Next",
    "Sắp diễn ra": "Upcoming",
    "Sở, ngành": "Department",
    "Sự kiện": "Events",
    "Sự kiện mới trong 7 ngày": "New events in 7 days",
    "Sự kiện trong bài": "Events in this article",
    "Thêm một bảng [[subscriptions]] vào doingoai.toml, rồi thử bằng lệnh: doingoai alerts test.": (
        "Add a [[subscriptions]] table to doingoai.toml, then try: doingoai alerts test."
    ),
    "Thông báo": "Alerts",
    "Thông báo về sự kiện này": "Alerts about this event",
    "Thông báo đã gửi trong 7 ngày": "Alerts sent in 7 days",
    "Thăm, khảo sát": "Visit",
    "Thấy lúc": "Seen",
    "Thấy lần đầu": "First seen",
    "Thỏa thuận, hiệp định": "Agreement",
    "Thứ Ba": "Tuesday",
    "Thứ Bảy": "Saturday",
    "Thứ Hai": "Monday",
    "Thứ Năm": "Thursday",
    "Thứ Sáu": "Friday",
    "Thứ Tư": "Wednesday",
    "Tiếp xã giao": "Courtesy call",
    "Trang": "Page",
    "Trang chuyển hướng lòng vòng.": "The site redirects in circles.",
    "Trang dẫn tới một địa chỉ nội bộ, bị từ chối.": "The site leads to a private address, which is refused.",
    "Trang lớn quá mức cho phép.": "The page is larger than allowed.",
    "Trang này không cho phép đọc tự động (robots.txt).": "The site does not allow automatic reading (robots.txt).",
    "Trang trả lời quá chậm.": "The site answers too slowly.",
    "Trang từ chối cho đọc.": "The site refuses access.",
    "Trang yêu cầu hỏi thưa hơn.": "The site asks to be polled less often.",
    "Trang đang bảo trì.": "The site is under maintenance.",
    "Trang đang trục trặc": "Something went wrong",
    "Trao đổi trực tuyến": "Online talks",
    "Trước": "Previous",
    "Tìm": "Search",
    "Tìm bài viết…": "Search articles…",
    "Tìm trong các bài viết": "Search the articles",
    "Tình trạng": "Status",
    "Tất cả": "All",
    "Tỉnh": "Province",
    "Tạp chí": "Magazine",
    "Tốt": "Well",
    "Tới nội dung chính": "Skip to the content",
    "Từ ngày": "From",
    "Văn bản": "Document",
    "Văn bản kết nghĩa": "Twinning document",
    "Xin thử lại sau ít phút. Lý do đã được ghi vào nhật ký của máy chủ.": (
        "Please try again in a few minutes. The reason is in the server's log."
    ),
    "Xin thử lại sau ít phút. Người vận hành có thể chạy: doingoai check.": (
        "Please try again in a few minutes. The operator may run: doingoai check."
    ),
    "bài": "articles",
    "bài chờ tải": "articles to be fetched",
    "bài có": "articles with",
    "bài không nêu": "not named",
    "bản lưu": "stored copy",
    "chưa báo ai": "nobody was told",
    "chưa có": "never",
    "chưa rõ ngày": "date unknown",
    "chưa được nhận": "not accepted",
    "doingoai đọc các cổng thông tin và báo của các tỉnh biên giới, và báo khi có cuộc gặp hoặc ký kết mới với đối tác "
    "nước ngoài. Mỗi kết quả đều kèm câu trích; hãy đọc bài gốc trước khi sử dụng.": (
        "doingoai reads the portals and newspapers of the border provinces and tells of new meetings and signings with "
        "foreign counterparts. Every find comes with its evidence; read the original before you use it."
    ),
    "không gửi được": "given up",
    "lần gửi": "attempts",
    "lập lúc": "made",
    "mới nhất": "latest",
    "người nhận không còn trong cấu hình": "recipient no longer in the configuration",
    "người vận hành": "operators",
    "sự kiện": "events",
    "thấy lúc": "seen",
    "vừa xong": "just now",
    "và các văn bản khác": "and others",
    "Ý định thư": "Letter of intent",
    "Đang đọc": "Being crawled",
    "Đã báo": "Told",
    "Đã diễn ra": "Held",
    "Đã gửi": "Sent",
    "Đến ngày": "To",
    "Địa chỉ có thể đã gõ nhầm, hoặc mục này không còn trong kho lưu trữ.": (
        "The address may be mistyped, or the entry is no longer in the archive."
    ),
    "Đọc được lần cuối": "Last good crawl",
    "Độ tin cậy": "Confidence",
    "đăng": "published",
    "đăng lại": "reprint",
    "được nhận": "accepted",
}
